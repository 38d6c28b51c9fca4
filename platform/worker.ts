// Starts a module worker of ours. Trusted Types are required on our pages: only this policy may name a script, and it names
// files of this extension alone.

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): unknown };
}

declare global {
  // The page's own factory; absent in a browser without Trusted Types, where a plain address does.
  var trustedTypes: TrustedTypes | undefined;
}

/** Makes the policy: once per page, since its name may be used only once. */
export function createWorkerStarter(): (url: string) => Worker {
  const policy = globalThis.trustedTypes?.createPolicy("sr-worker", { createScriptURL: ownScript });
  return (url) => {
    const script = policy === undefined ? ownScript(url) : policy.createScriptURL(url);
    // The types know only text; the browser wants the trusted value.
    return new Worker(script as string, { type: "module" });
  };
}

function ownScript(url: string): string {
  const { origin, href } = new URL(url, location.href);
  if (origin !== location.origin) throw new TypeError("a worker must come from this extension");
  return href;
}
