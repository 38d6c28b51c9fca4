// German.
import type { PageTexts } from "./page-texts.ts";

export const de: PageTexts = {
  dir: "ltr",
  landing: {
    title: "Einladung zu Secret Rooms",
    heading: "Du bist in einen geheimen Raum eingeladen",
    lead: "Er öffnet sich in der Erweiterung Secret Rooms, neben der Seite, die du gerade liest. Ganz ohne Konto.",
    haveIt: "Wenn du Secret Rooms hast",
    click: "Klicke in der Symbolleiste deines Browsers auf das Symbol von Secret Rooms, während diese Seite offen ist.",
    join: "Drücke {join}.",
    paste:
      "Oder kopiere die Adresse dieser Seite aus der Adressleiste, öffne Secret Rooms und füge sie in das Feld {inviteLink} ein.",
    needIt: "Wenn du es nicht hast",
    install:
      "Secret Rooms ist eine Erweiterung für Browser am Computer: Chrome, Edge und andere Chromium-Browser sowie Firefox. Installiere sie von dort, wo die Person, die dich eingeladen hat, sie herhat, und komm dann auf diese Seite zurück.",
    phone:
      "Secret Rooms läuft in Browsern am Computer, nicht auf Telefonen. Wenn du gerade am Telefon bist, öffne den Link an einem Computer.",
    relayHeading: "Was kann dieses Relay sehen?",
    relay:
      "Das Relay reicht verschlüsselte Nachrichten weiter. Es sieht IP-Adressen und wann jemand online ist, nicht, was gesagt wird. Es kennt weder die Namen der Räume noch die der Menschen darin, und es bewahrt keine Nachrichten auf.",
    nothingHeading: "Warum ist hier nichts vom Raum zu sehen?",
    nothing:
      "Der Teil des Links nach {hash} bleibt in deinem Browser und wird nicht an das Relay gesendet. Diese Seite sieht für jeden Link gleich aus, auch für einen abgelaufenen.",
    history:
      "Dieser Link steht jetzt im Verlauf dieses Browsers. Wenn auch andere diesen Browser benutzen, entferne ihn dort.",
  },
  status: {
    title: "Secret-Rooms-Relay",
    heading: "Das ist ein Relay von Secret Rooms",
    lead: "Es läuft. Die Räume leben in der Browser-Erweiterung Secret Rooms; das Relay reicht nur verschlüsselte Nachrichten zwischen den Menschen in einem Raum weiter.",
    seesHeading: "Was es sehen kann",
    sees: [
      "IP-Adressen, und wann jemand verbunden ist",
      "Dass es einen Raum gibt, wie viele darin sind und wann er endet",
      "Wann verschlüsselte Nachrichten durchlaufen und wie groß sie ungefähr sind",
    ],
    hiddenHeading: "Was es nicht sehen kann",
    hidden: [
      "Was jemand schreibt",
      "Die Namen der Menschen und den Namen eines Raums",
      "Die Links, mit denen man hineinkommt",
      "Frühere Nachrichten: Es bewahrt keine auf und vergisst einen Raum, sobald er endet",
    ],
    limitsHeading: "Seine Grenzen",
    aboutHeading: "Über dieses Relay",
  },
  fact: {
    longestLife: "Längste Dauer eines Raums",
    mostPeople: "Höchstzahl der Menschen in einem Raum",
    operator: "Betrieben von",
    abuse: "Missbrauch melden an",
    version: "Version",
  },
};
