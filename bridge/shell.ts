// What views need from the browser and not from the engine. platform/ implements it, entrypoints inject it.

export interface Shell {
  readonly surface: "panel" | "tab" | "options";
  /** The invite link that waits under a one-time nonce (`room.html?j=<nonce>`); a second call finds nothing. */
  takeLink(nonce: string): Promise<string | undefined>;
  /** The invite link the panel was opened with: by the icon on an invite tab, or by the link's menu. Taken once. */
  takeOffer(): Promise<string | undefined>;
  /** Tells when a new offer waits; returns the function that ends the subscription. */
  onOffer(listener: () => void): () => void;
  /** Opens the room (or the room list) in a tab. */
  openTab(roomId?: string): Promise<void>;
  openSettings(): Promise<void>;
  /** Asks the person for access to another relay's links. Call first thing in a click. */
  requestRelayAccess(origin: string): Promise<boolean>;
  /**
   * Firefox names this installation to every server, unless we may change requests to it: asks for that where needed, and
   * tells whether we have it. Call first thing in a click that connects to a relay.
   */
  hideInstallation(origin: string): Promise<boolean>;
  /** The tab must follow a room id in its address (`room.html?r=<local id>`), which is no secret. */
  showRoomInAddress(roomId: string | undefined): void;
}
