// What the doctor finds out about a deployment: one check, one verdict, one sentence.

export interface Check {
  name: string;
  verdict: "pass" | "warn" | "fail";
  says: string;
}
