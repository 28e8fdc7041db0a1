/** What a part of the full-size command has seen, and whether it is what is asked. */
interface Check {
  name: string;
  passed: boolean;
  detail: string;
}

/** Collects checks, and says each on stdout. */
export class Checks {
  readonly all: Check[] = [];

  add(name: string, passed: boolean, detail: string): void {
    this.all.push({ name, passed, detail });
    console.log(`${passed ? "ok  " : "FAIL"} ${name}: ${detail}`);
  }
}

export const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6).toLocaleString("en")} MB`;
