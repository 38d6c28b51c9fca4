// French, with the unbreakable spaces it wants before : ; and ?
import type { PageTexts } from "./page-texts.ts";

export const fr: PageTexts = {
  dir: "ltr",
  landing: {
    title: "Invitation Secret Rooms",
    heading: "Vous êtes invité dans un salon secret",
    lead: "Il s’ouvre dans l’extension Secret Rooms, à côté de la page que vous lisez. Sans compte.",
    haveIt: "Si vous avez Secret Rooms",
    click:
      "Cliquez sur l’icône de Secret Rooms dans la barre d’outils de votre navigateur pendant que cette page est ouverte.",
    join: "Appuyez sur {join}.",
    paste:
      "Ou copiez l’adresse de cette page depuis la barre d’adresse, ouvrez Secret Rooms et collez-la dans le champ {inviteLink}.",
    needIt: "Si vous ne l’avez pas",
    install:
      "Secret Rooms est une extension pour les navigateurs d’ordinateur : Chrome, Edge et les autres navigateurs Chromium, ainsi que Firefox. Installez-la depuis l’endroit où la personne qui vous invite l’a trouvée, puis revenez sur cette page.",
    phone:
      "Elle fonctionne dans les navigateurs d’ordinateur, pas sur les téléphones. Si vous êtes sur un téléphone, ouvrez le lien sur un ordinateur.",
    relayHeading: "Que peut voir ce relais ?",
    relay:
      "Le relais transmet des messages chiffrés. Il voit les adresses IP et quand les gens sont en ligne, pas ce qu’ils disent. Il ne connaît ni le nom des salons ni celui des personnes, et il ne conserve aucun message.",
    nothingHeading: "Pourquoi rien du salon n’apparaît-il ici ?",
    nothing:
      "La partie du lien après {hash} reste dans votre navigateur et n’est pas envoyée au relais. Cette page est la même pour tous les liens, y compris ceux qui ont expiré.",
    history:
      "Ce lien figure maintenant dans l’historique de ce navigateur. Si d’autres personnes utilisent ce navigateur, supprimez-le de l’historique.",
  },
  status: {
    title: "Relais Secret Rooms",
    heading: "Ceci est un relais Secret Rooms",
    lead: "Il fonctionne. Les salons vivent dans l’extension de navigateur Secret Rooms ; le relais ne fait que transmettre des messages chiffrés entre les personnes d’un salon.",
    seesHeading: "Ce qu’il peut voir",
    sees: [
      "Les adresses IP, et quand quelqu’un est connecté",
      "Qu’un salon existe, combien de personnes s’y trouvent et quand il prend fin",
      "Quand des messages chiffrés passent, et leur taille approximative",
    ],
    hiddenHeading: "Ce qu’il ne peut pas voir",
    hidden: [
      "Ce que les gens écrivent",
      "Leurs noms et le nom d’un salon",
      "Les liens qui permettent d’entrer",
      "Les messages passés : il n’en conserve aucun et oublie un salon dès que celui-ci prend fin",
    ],
    limitsHeading: "Ses limites",
    aboutHeading: "À propos de ce relais",
  },
  fact: {
    longestLife: "Durée maximale d’un salon",
    mostPeople: "Nombre maximal de personnes dans un salon",
    operator: "Exploité par",
    abuse: "Signaler un abus à",
    version: "Version",
  },
};
