// What the relay's pages look like: one stylesheet and one picture, no fonts, light and dark.

export const stylesheet = `:root {
  color-scheme: light dark;
  --canvas: light-dark(#ffffff, #131218);
  --surface: light-dark(#f7f6fa, #1b1a22);
  --border: light-dark(#d8d4e3, #3b3848);
  --text: light-dark(#1b1923, #f3f1f8);
  --text-2: light-dark(#5a5568, #b8b3c6);
  --ember: light-dark(#8f4b00, #ffc062);
  --ember-surface: light-dark(#fff1dc, #38290f);
  --link: light-dark(#5136c4, #b3a4ff);
  --focus: light-dark(#5136c4, #c7bcff);
}
* { box-sizing: border-box; }
html { font: 100%/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
body { margin: 0; background: var(--canvas); color: var(--text); overflow-wrap: anywhere; }
header, main, footer { max-width: 42rem; margin-inline: auto; padding-inline: 1.25rem; }
header { display: flex; align-items: center; gap: 0.625rem; padding-block: 1.25rem; font-weight: 600; }
main { padding-block: 1rem 2rem; }
footer { padding-block: 0 3rem; color: var(--text-2); }
footer dl { padding-block-start: 1rem; border-block-start: 1px solid var(--border); }
h1 { margin: 0 0 0.75rem; font-size: clamp(1.25rem, 8vw, 1.75rem); line-height: 1.2; text-wrap: balance; }
:is(h1, h2):lang(ja) { word-break: auto-phrase; }
h2 { margin: 2rem 0 0.5rem; font-size: 1.0625rem; }
p, ol, ul { margin: 0 0 0.75rem; }
ol, ul { padding-inline-start: 1.5rem; }
li { margin-block: 0.25rem; }
dl { display: grid; gap: 0.5rem; margin: 0; }
dt { color: var(--text-2); }
dd { margin: 0; }
main dd { font-weight: 600; }
a { color: var(--link); }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
.lead { color: var(--text-2); font-size: 1.125rem; }
.note {
  margin-top: 2rem;
  padding: 0.75rem 1rem;
  border-radius: 0.625rem;
  background: var(--ember-surface);
  color: var(--ember);
}
code { padding-inline: 0.25em; border-radius: 0.25rem; background: var(--surface); font-family: ui-monospace, monospace; }
@media (prefers-contrast: more) {
  :root {
    --canvas: light-dark(#ffffff, #000000);
    --surface: var(--canvas);
    --border: var(--text);
    --text: light-dark(#000000, #ffffff);
    --text-2: var(--text);
    --ember: var(--text);
    --ember-surface: var(--canvas);
    --link: light-dark(#33208a, #d6cdff);
    --focus: var(--text);
  }
  .note { border: 1px solid var(--text); }
}
@media (forced-colors: active) {
  .note { border: 1px solid; }
}
`;

export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#5a3fd4"/><path d="M11 27V9a2 2 0 0 1 2-2h8a2 2 0 0 1 2 2v18" fill="none" stroke="#fff" stroke-width="2.5"/><path d="M7 27h18" stroke="#fff" stroke-width="2.5" stroke-linecap="round"/><circle cx="19" cy="17.5" r="1.6" fill="#ffc062"/></svg>
`;
