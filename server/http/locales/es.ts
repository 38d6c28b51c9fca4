// Spanish.
import type { PageTexts } from "./page-texts.ts";

export const es: PageTexts = {
  dir: "ltr",
  landing: {
    title: "Invitación de Secret Rooms",
    heading: "Tienes una invitación a una sala secreta",
    lead: "Se abre en la extensión Secret Rooms, junto a la página que estás leyendo. Sin cuenta.",
    haveIt: "Si tienes Secret Rooms",
    click: "Haz clic en el icono de Secret Rooms en la barra de herramientas del navegador con esta página abierta.",
    join: "Pulsa {join}.",
    paste:
      "O copia la dirección de esta página desde la barra de direcciones, abre Secret Rooms y pégala en el campo {inviteLink}.",
    needIt: "Si no la tienes",
    install:
      "Secret Rooms es una extensión para navegadores de escritorio: Chrome, Edge y otros navegadores Chromium, y Firefox. Instálala desde donde la obtuvo la persona que te invitó y después vuelve a esta página.",
    phone:
      "Funciona en navegadores de escritorio, no en teléfonos. Si estás en un teléfono, abre el enlace en un ordenador.",
    relayHeading: "¿Qué puede ver este repetidor?",
    relay:
      "El repetidor transmite mensajes cifrados. Ve las direcciones IP y cuándo están en línea las personas, no lo que dicen. No conoce los nombres de las salas ni de las personas, y no guarda mensajes.",
    nothingHeading: "¿Por qué no se muestra aquí nada de la sala?",
    nothing:
      "La parte del enlace que sigue a {hash} se queda en tu navegador y no se envía al repetidor. Esta página es igual para todos los enlaces, también para los caducados.",
    history:
      "Este enlace está ahora en el historial de este navegador. Si otras personas usan este navegador, bórralo de allí.",
  },
  status: {
    title: "Repetidor de Secret Rooms",
    heading: "Esto es un repetidor de Secret Rooms",
    lead: "Está en marcha. Las salas viven en la extensión de navegador Secret Rooms; el repetidor solo transmite mensajes cifrados entre las personas de una sala.",
    seesHeading: "Qué puede ver",
    sees: [
      "Las direcciones IP y cuándo alguien está conectado",
      "Que existe una sala, cuántas personas hay en ella y cuándo termina",
      "Cuándo pasan mensajes cifrados y su tamaño aproximado",
    ],
    hiddenHeading: "Qué no puede ver",
    hidden: [
      "Lo que escriben las personas",
      "Sus nombres y el nombre de una sala",
      "Los enlaces que permiten entrar",
      "Los mensajes pasados: no guarda ninguno y olvida una sala cuando esta termina",
    ],
    limitsHeading: "Sus límites",
    aboutHeading: "Sobre este repetidor",
  },
  fact: {
    longestLife: "Duración máxima de una sala",
    mostPeople: "Máximo de personas en una sala",
    operator: "Operado por",
    abuse: "Denunciar abusos a",
    version: "Versión",
  },
};
