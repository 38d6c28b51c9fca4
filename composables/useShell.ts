import { inject } from "vue";
import type { InjectionKey } from "vue";
import type { Shell } from "../bridge/shell.ts";

export const shellKey: InjectionKey<Shell> = Symbol("shell");

export function useShell(): Shell {
  const shell = inject(shellKey);
  if (shell === undefined) throw new Error("the entrypoint provides no shell");
  return shell;
}
