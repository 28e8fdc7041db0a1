import type { HealthCheck } from "../../src/domain/api/index.ts";
import { toProblem } from "../../src/domain/errors.ts";

type Check = () => HealthCheck | Promise<HealthCheck>;

/** A check that takes longer says that much: whoever asks for health must get an answer. */
const CHECK_MS = 2000;

/** Named checks behind `/health`, and named conditions behind `/ready`. Every room registers its own. */
export class HealthChecks {
  readonly #checks = new Map<string, Check>();
  readonly #conditions = new Map<string, () => boolean>();

  register(name: string, check: Check): void {
    this.#checks.set(name, check);
  }

  /** `/ready` answers 503 until every condition holds. */
  awaitReady(name: string, condition: () => boolean): void {
    this.#conditions.set(name, condition);
  }

  waitingFor(): string[] {
    return [...this.#conditions].filter(([, holds]) => !holds()).map(([name]) => name);
  }

  async run(): Promise<{ status: HealthCheck["status"]; checks: Record<string, HealthCheck> }> {
    const results = await Promise.all(
      [...this.#checks].map(async ([name, check]): Promise<[string, HealthCheck]> => {
        try {
          return [name, await inTime(check())];
        } catch (thrown) {
          return [name, { status: "failed", message: `The check itself failed (${toProblem(thrown).code}).` }];
        }
      }),
    );
    const order = ["ok", "degraded", "failed"] as const;
    const worst = Math.max(0, ...results.map(([, result]) => order.indexOf(result.status)));
    return { status: order[worst] ?? "failed", checks: Object.fromEntries(results) };
  }
}

const inTime = async (checking: HealthCheck | Promise<HealthCheck>): Promise<HealthCheck> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<HealthCheck>((resolve) => {
    const answer: HealthCheck = { status: "degraded", message: `Busy: no answer within ${CHECK_MS / 1000} s.` };
    timer = setTimeout(() => resolve(answer), CHECK_MS);
  });
  try {
    return await Promise.race([checking, late]);
  } finally {
    clearTimeout(timer);
  }
};
