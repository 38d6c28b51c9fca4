// English, which every other language is a translation of.
import type { PageTexts } from "./page-texts.ts";

export const en: PageTexts = {
  dir: "ltr",
  landing: {
    title: "Secret Rooms invitation",
    heading: "You are invited to a secret room",
    lead: "It opens in the Secret Rooms extension, beside the page you are reading. No account.",
    haveIt: "If you have Secret Rooms",
    click: "Click the Secret Rooms icon in the toolbar of your browser while this page is open.",
    join: "Press {join}.",
    paste:
      "Or copy the address of this page from the address bar, open Secret Rooms and paste it into the field {inviteLink}.",
    needIt: "If you do not have it",
    install:
      "Secret Rooms is an extension for desktop browsers: Chrome, Edge and other Chromium browsers, and Firefox. Install it from where the person who invited you got it, then come back to this page.",
    phone: "It works in desktop browsers, not on phones. If you are on a phone, open the link on a computer.",
    relayHeading: "What can this relay see?",
    relay:
      "The relay passes on locked messages. It sees IP addresses and when people are online, not what they say. It does not know the names of rooms or people, and it keeps no messages.",
    nothingHeading: "Why is nothing of the room shown here?",
    nothing:
      "The part of the link after {hash} stays in your browser and is not sent to the relay. This page looks the same for every link, also for one that has expired.",
    history: "This link is now in this browser’s history. If others use this browser, remove it there.",
  },
  status: {
    title: "Secret Rooms relay",
    heading: "This is a Secret Rooms relay",
    lead: "It is running. Rooms live in the Secret Rooms browser extension; the relay only passes locked messages on between the people in a room.",
    seesHeading: "What it can see",
    sees: [
      "IP addresses, and when somebody is connected",
      "That a room exists, how many are in it and when it ends",
      "When locked messages pass, and roughly how large they are",
    ],
    hiddenHeading: "What it cannot see",
    hidden: [
      "What people write",
      "Their names and the name of a room",
      "The links that let people in",
      "Past messages: it keeps none, and it forgets a room when the room ends",
    ],
    limitsHeading: "Its limits",
    aboutHeading: "About this relay",
  },
  fact: {
    longestLife: "Longest life of a room",
    mostPeople: "Most people in a room",
    operator: "Operated by",
    abuse: "Report abuse to",
    version: "Version",
  },
};
