// Japanese.
import type { PageTexts } from "./page-texts.ts";

export const ja: PageTexts = {
  dir: "ltr",
  landing: {
    title: "Secret Rooms への招待",
    heading: "秘密のルームに招待されています",
    lead: "ルームは拡張機能 Secret Rooms の中で、読んでいるページの横に開きます。アカウントは要りません。",
    haveIt: "Secret Rooms をお持ちの場合",
    click: "このページを開いたまま、ブラウザーのツールバーにある Secret Rooms のアイコンをクリックします。",
    join: "{join} を押します。",
    paste:
      "または、アドレスバーからこのページのアドレスをコピーし、Secret Rooms を開いて {inviteLink} の欄に貼り付けます。",
    needIt: "お持ちでない場合",
    install:
      "Secret Rooms はパソコン用ブラウザーの拡張機能です。Chrome、Edge などの Chromium 系ブラウザーと Firefox で使えます。招待した人と同じ入手先からインストールし、このページに戻ってください。",
    phone:
      "パソコンのブラウザーで動作し、スマートフォンでは動作しません。スマートフォンをお使いの場合は、パソコンでリンクを開いてください。",
    relayHeading: "このリレーには何が見えますか？",
    relay:
      "リレーは暗号化されたメッセージを中継します。IP アドレスと、いつオンラインかは見えますが、会話の内容は見えません。ルームや人の名前も知らず、メッセージも保存しません。",
    nothingHeading: "なぜここにルームのことが何も表示されないのですか？",
    nothing:
      "リンクの {hash} より後の部分はブラウザーの中にとどまり、リレーには送られません。このページは、期限が切れたリンクも含め、どのリンクでも同じです。",
    history:
      "このリンクは、このブラウザーの履歴に残っています。ほかの人もこのブラウザーを使う場合は、履歴から削除してください。",
  },
  status: {
    title: "Secret Rooms のリレー",
    heading: "これは Secret Rooms のリレーです",
    lead: "動作しています。ルームはブラウザーの拡張機能 Secret Rooms の中にあり、リレーはルームにいる人の間で暗号化されたメッセージを中継するだけです。",
    seesHeading: "見えるもの",
    sees: [
      "IP アドレスと、いつ接続しているか",
      "ルームがあること、その人数、終わる時刻",
      "暗号化されたメッセージが通る時刻と、おおよその大きさ",
    ],
    hiddenHeading: "見えないもの",
    hidden: [
      "書かれた内容",
      "人の名前とルームの名前",
      "ルームに入るためのリンク",
      "過去のメッセージ：保存せず、ルームが終わるとそのルームのことを忘れます",
    ],
    limitsHeading: "制限",
    aboutHeading: "このリレーについて",
  },
  fact: {
    longestLife: "ルームの最長時間",
    mostPeople: "ルームの最大人数",
    operator: "運営者",
    abuse: "不正利用の報告先",
    version: "バージョン",
  },
};
