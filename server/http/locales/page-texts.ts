// The texts of the relay's pages, as every language has to have them. Plain text: what stands in braces is put in by the page.

export interface PageTexts {
  readonly dir: "ltr" | "rtl";
  readonly landing: {
    /** Of the browser's tab, and of previews that messengers make of a link. */
    readonly title: string;
    readonly heading: string;
    readonly lead: string;
    readonly haveIt: string;
    readonly click: string;
    /** `{join}` is the name of a button in the extension. */
    readonly join: string;
    /** `{inviteLink}` is the name of a field in the extension. */
    readonly paste: string;
    readonly needIt: string;
    readonly install: string;
    readonly phone: string;
    readonly relayHeading: string;
    readonly relay: string;
    readonly nothingHeading: string;
    /** `{hash}` is the sign # before the secret of a link. */
    readonly nothing: string;
    readonly history: string;
  };
  readonly status: {
    readonly title: string;
    readonly heading: string;
    readonly lead: string;
    readonly seesHeading: string;
    readonly sees: readonly [addresses: string, rooms: string, traffic: string];
    readonly hiddenHeading: string;
    readonly hidden: readonly [words: string, names: string, links: string, past: string];
    readonly limitsHeading: string;
    readonly aboutHeading: string;
  };
  /** Names of facts; the fact follows on its own line, so that no text has to agree with a number. */
  readonly fact: {
    readonly longestLife: string;
    readonly mostPeople: string;
    readonly operator: string;
    readonly abuse: string;
    readonly version: string;
  };
}
