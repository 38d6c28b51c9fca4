// Node can be told to write to the disk what is in its memory: heap snapshots, profiles, reports. A relay does not start so.

/** Beginnings of options that write files, or that end in a core dump. */
const options = [
  "--abort-on-uncaught-exception",
  "--build-snapshot",
  "--cpu-prof",
  "--heap-prof",
  "--heapsnapshot-",
  "--log",
  "--perf-",
  "--prof",
  "--redirect-warnings",
  "--report-",
  "--trace-event",
];

const variables = ["NODE_COMPILE_CACHE", "NODE_REDIRECT_WARNINGS", "NODE_V8_COVERAGE"];

/**
 * Names of what makes Node write files.
 * @param execArgv Node's own options on the command line
 */
export function fileOptions(
  execArgv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  const inEnvironment = (environment["NODE_OPTIONS"] ?? "").split(/[\s"]+/);
  const names = [...execArgv, ...inEnvironment].map((option) => option.split("=", 1)[0]?.replaceAll("_", "-") ?? "");
  return [
    ...names.filter((name) => options.some((option) => name.startsWith(option))),
    ...variables.filter((name) => (environment[name] ?? "") !== ""),
  ];
}
