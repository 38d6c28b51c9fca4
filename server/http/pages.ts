// The two pages of a relay, for people without the extension. Static text: no script, no third party, the same for every
// request, so that they tell nobody anything about a room.

export interface PageFacts {
  readonly maxRoomLifeS: number;
  readonly maxMembers: number;
}

function page(title: string, main: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<meta property="og:title" content="Secret Rooms invitation">
<title>${title}</title>
<link rel="icon" href="/sr.svg" type="image/svg+xml">
<link rel="stylesheet" href="/sr.css">
</head>
<body>
<header><img src="/sr.svg" alt="" width="32" height="32"><span>Secret Rooms</span></header>
<main>
${main}
</main>
</body>
</html>
`;
}

/** Where an invite link leads when no extension catches it. */
export const landingPage = page(
  "Secret Rooms invitation",
  `<h1>You are invited to a secret room</h1>
<p class="lead">It opens in the Secret Rooms extension, beside the page you are reading. No account.</p>
<h2>If you have the extension</h2>
<ol>
<li>Click the Secret Rooms icon in your toolbar, while this tab is open.</li>
<li>Press <strong>Join</strong>.</li>
</ol>
<p>Or copy the address of this page from the address bar, open Secret Rooms and paste it under <strong>Join with a
link</strong>.</p>
<h2>If you do not have it</h2>
<p>Secret Rooms is an extension for desktop browsers: Chrome, Edge and other Chromium browsers, and Firefox. Install it
from where the person who invited you got it, then come back to this page. It does not run on phones.</p>
<h2>What can this relay see?</h2>
<p>The relay passes on locked messages. It sees IP addresses and when people are online, not what they say. It does not
know the names of rooms or people, and it keeps no messages.</p>
<h2>Why is nothing of the room shown here?</h2>
<p>The part of the link after <code>#</code> stays in your browser; this page never gets it. It looks the same for every
link, also for one that has expired.</p>
<p class="note">This link is now in this browser's history. If others use this browser, remove it there.</p>`,
);

function duration(seconds: number): string {
  const units: readonly [number, string][] = [
    [86_400, "day"],
    [3_600, "hour"],
    [60, "minute"],
  ];
  for (const [size, name] of units) {
    if (seconds < size) continue;
    const count = Math.floor(seconds / size);
    return `${count} ${name}${count === 1 ? "" : "s"}`;
  }
  return `${seconds} seconds`;
}

/** What somebody sees who opens the relay's address. */
export function statusPage({ maxRoomLifeS, maxMembers }: PageFacts): string {
  return page(
    "Secret Rooms relay",
    `<h1>This is a Secret Rooms relay</h1>
<p class="lead">It is running. Rooms live in the Secret Rooms browser extension; the relay only passes locked messages on
between the people in a room.</p>
<h2>What it can see</h2>
<p>IP addresses, when somebody is connected, and the size and time of locked messages.</p>
<h2>What it cannot see</h2>
<p>What people write, their names, the name of a room, and the links that let people in. It keeps no messages, and it
forgets a room when the room ends.</p>
<h2>Its limits</h2>
<ul>
<li>A room lasts at most ${duration(maxRoomLifeS)}.</li>
<li>A room has at most ${maxMembers} people.</li>
</ul>`,
  );
}
