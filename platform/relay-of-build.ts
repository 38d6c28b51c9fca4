// The relay this build was made for: wxt.config.ts replaces the name by a text. Empty when the build has none.
declare const __SECRET_ROOMS_RELAY__: string;

export const relayOfBuild: string = typeof __SECRET_ROOMS_RELAY__ === "string" ? __SECRET_ROOMS_RELAY__ : "";
