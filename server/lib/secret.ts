import { createHash, timingSafeEqual } from "node:crypto";
import { inspect } from "node:util";

/** A value that never prints: not in logs, JSON, templates or error messages. `reveal()` marks each real use. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  reveal(): string {
    return this.#value;
  }
  /** Constant-time comparison; hashing first hides the length. */
  equals(other: string): boolean {
    const digest = (text: string) => createHash("sha256").update(text).digest();
    return timingSafeEqual(digest(this.#value), digest(other));
  }
  toString(): string {
    return "[secret]";
  }
  toJSON(): string {
    return "[secret]";
  }
  [inspect.custom](): string {
    return "[secret]";
  }
}
