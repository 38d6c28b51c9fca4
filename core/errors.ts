// The one error class of the pure core. `code` is closed; the text is for developers and holds nothing secret.

export type CoreFault =
  | "malformed"
  | "unsupported_version"
  | "bad_signature"
  | "decrypt_failed"
  | "wrong_epoch"
  | "not_a_member"
  | "replayed"
  | "commit_refused"
  | "too_large"
  | "no_such_invite"
  | "not_allowed";

export class CoreError extends Error {
  override readonly name = "CoreError";
  readonly code: CoreFault;

  constructor(code: CoreFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
