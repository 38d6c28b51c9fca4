// Portuguese as in Brazil.
import type { PageTexts } from "./page-texts.ts";

export const ptBR: PageTexts = {
  dir: "ltr",
  landing: {
    title: "Convite do Secret Rooms",
    heading: "Você recebeu um convite para uma sala secreta",
    lead: "Ela abre na extensão Secret Rooms, ao lado da página que você está lendo. Sem conta.",
    haveIt: "Se você tem o Secret Rooms",
    click: "Clique no ícone do Secret Rooms na barra de ferramentas do navegador com esta página aberta.",
    join: "Pressione {join}.",
    paste:
      "Ou copie o endereço desta página da barra de endereços, abra o Secret Rooms e cole-o no campo {inviteLink}.",
    needIt: "Se você não tem",
    install:
      "O Secret Rooms é uma extensão para navegadores de computador: Chrome, Edge e outros navegadores Chromium, e Firefox. Instale-a do lugar de onde a pessoa que convidou você a obteve e depois volte a esta página.",
    phone:
      "Ela funciona em navegadores de computador, não em celulares. Se você está em um celular, abra o link em um computador.",
    relayHeading: "O que este retransmissor pode ver?",
    relay:
      "O retransmissor repassa mensagens criptografadas. Ele vê endereços IP e quando as pessoas estão on-line, não o que elas dizem. Ele não conhece os nomes das salas nem das pessoas e não guarda mensagens.",
    nothingHeading: "Por que nada da sala aparece aqui?",
    nothing:
      "A parte do link depois de {hash} fica no seu navegador e não é enviada ao retransmissor. Esta página é igual para todos os links, inclusive para os que expiraram.",
    history:
      "Este link agora está no histórico deste navegador. Se outras pessoas usam este navegador, remova-o de lá.",
  },
  status: {
    title: "Retransmissor do Secret Rooms",
    heading: "Este é um retransmissor do Secret Rooms",
    lead: "Ele está em funcionamento. As salas vivem na extensão de navegador Secret Rooms; o retransmissor apenas repassa mensagens criptografadas entre as pessoas de uma sala.",
    seesHeading: "O que ele pode ver",
    sees: [
      "Endereços IP e quando alguém está conectado",
      "Que uma sala existe, quantas pessoas estão nela e quando ela termina",
      "Quando passam mensagens criptografadas e o tamanho aproximado delas",
    ],
    hiddenHeading: "O que ele não pode ver",
    hidden: [
      "O que as pessoas escrevem",
      "Os nomes delas e o nome de uma sala",
      "Os links que permitem entrar",
      "Mensagens passadas: ele não guarda nenhuma e esquece uma sala quando ela termina",
    ],
    limitsHeading: "Seus limites",
    aboutHeading: "Sobre este retransmissor",
  },
  fact: {
    longestLife: "Duração máxima de uma sala",
    mostPeople: "Máximo de pessoas em uma sala",
    operator: "Operado por",
    abuse: "Denunciar abuso a",
    version: "Versão",
  },
};
