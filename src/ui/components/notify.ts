import { notifications } from "@mantine/notifications";
import { toProblem } from "../../domain/errors.ts";

/** A failure of something that has no place of its own on the screen. */
export const notifyProblem = (thrown: unknown): void => {
  const { message, hint } = toProblem(thrown);
  notifications.show({ color: "brick", title: message, message: hint, autoClose: 12_000 });
};
