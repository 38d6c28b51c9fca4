// Chinese in simplified characters.
import type { PageTexts } from "./page-texts.ts";

export const zhCN: PageTexts = {
  dir: "ltr",
  landing: {
    title: "Secret Rooms 邀请",
    heading: "您受邀加入一个秘密房间",
    lead: "房间在 Secret Rooms 扩展中打开，就在您正在阅读的网页旁边。无需账号。",
    haveIt: "如果您已安装 Secret Rooms",
    click: "保持此页面打开，点击浏览器工具栏中的 Secret Rooms 图标。",
    join: "点击 {join}。",
    paste: "或者从地址栏复制此页面的地址，打开 Secret Rooms，将其粘贴到 {inviteLink} 栏中。",
    needIt: "如果您尚未安装",
    install:
      "Secret Rooms 是桌面浏览器的扩展，支持 Chrome、Edge 等 Chromium 内核浏览器以及 Firefox。请从邀请您的人获取它的地方安装，然后回到此页面。",
    phone: "它适用于桌面浏览器，不支持手机。如果您正在使用手机，请在电脑上打开此链接。",
    relayHeading: "此中继能看到什么？",
    relay:
      "中继只转发加密的消息。它能看到 IP 地址以及人们何时在线，但看不到人们说了什么。它不知道房间和人的名称，也不保存任何消息。",
    nothingHeading: "为什么这里不显示房间的任何信息？",
    nothing:
      "链接中 {hash} 之后的部分留在您的浏览器中，不会发送给中继。对于任何链接，包括已过期的链接，此页面都完全相同。",
    history: "此链接现已留在此浏览器的历史记录中。如果还有其他人使用此浏览器，请将其从历史记录中删除。",
  },
  status: {
    title: "Secret Rooms 中继",
    heading: "这是一个 Secret Rooms 中继",
    lead: "它正在运行。房间存在于 Secret Rooms 浏览器扩展中；中继只在房间里的人之间转发加密的消息。",
    seesHeading: "它能看到什么",
    sees: ["IP 地址，以及何时有人连接", "房间的存在、其中的人数和结束时间", "加密消息经过的时间和大致大小"],
    hiddenHeading: "它看不到什么",
    hidden: [
      "人们写的内容",
      "人们的名字和房间的名称",
      "用于进入房间的链接",
      "过去的消息：它不保存任何消息，房间结束后便将其遗忘",
    ],
    limitsHeading: "它的限制",
    aboutHeading: "关于此中继",
  },
  fact: {
    longestLife: "房间的最长存续时间",
    mostPeople: "房间的最多人数",
    operator: "运营者",
    abuse: "举报滥用行为",
    version: "版本",
  },
};
