// Firefox stops an event page 30 s after its last event, whatever sockets or timers it has. Only a call into the parent
// process counts as life, so one is made every 15 s while there is a reason; an alarm restarts a page that died anyway.
import { browser } from "wxt/browser";

const BEAT_MS = 15_000;
const WATCHDOG = "engine-watchdog";

export interface KeepAlive {
  /** While a room is open the page lives on and is restarted if it crashes. */
  setRoomOpen(on: boolean): void;
  /** While a view looks on the page lives, so that it need not connect anew every 30 s. */
  setViews(count: number): void;
}

export function createKeepAlive(): KeepAlive {
  let isRoomOpen = false;
  let views = 0;
  let timer: ReturnType<typeof setInterval> | undefined;

  const update = (): void => {
    const isWanted = isRoomOpen || views > 0;
    if (isWanted && timer === undefined) {
      // At once as well: the page may be 29 s into its 30.
      beat();
      timer = setInterval(beat, BEAT_MS);
    }
    if (!isWanted) {
      clearInterval(timer);
      timer = undefined;
    }
  };

  return {
    setRoomOpen(on) {
      if (on !== isRoomOpen) void (on ? setWatchdog() : browser.alarms.clear(WATCHDOG));
      isRoomOpen = on;
      update();
    },
    setViews(count) {
      views = count;
      update();
    },
  };
}

/** Registers what the watchdog needs: being woken is enough, starting does the rest. */
export function listenToWatchdog(): void {
  browser.alarms.onAlarm.addListener(() => {});
}

function beat(): void {
  void browser.runtime.getPlatformInfo();
}

async function setWatchdog(): Promise<void> {
  await browser.alarms.create(WATCHDOG, { periodInMinutes: 1 });
}
