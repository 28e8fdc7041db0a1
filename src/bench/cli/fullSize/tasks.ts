import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { ExportTask } from "../../../../server/exports/makeExport.ts";
import type { TextKind } from "../../../../server/serving/modelSource.ts";
import type { LocalBase } from "../../../../server/registry/bases.ts";
import type { TunedModel } from "../../../../server/serving/selection.ts";
import type { OnnxType } from "../../../domain/onnx/index.ts";
import type { Spent } from "./meter.ts";

/** A tuned model, and where the server keeps its ONNX forms. */
export interface Served {
  store: string;
  tuned: TunedModel;
  base: LocalBase;
  dtype: OnnxType;
}

/** What is measured in a process of its own. */
interface Tasks {
  /** Makes a form as the server does, its proof included. */
  export: (task: ExportTask) => Exported;
  /** Makes what serving loads, as the first start does. */
  make: (served: Served) => Spent & { bytes: number };
  /** The tuned model's vectors of the probe texts, from what serving loads. */
  reference: (served: Served) => Record<TextKind, Float32Array>;
  /** Loads the model as the server does, and embeds. */
  serve: (served: Served) => Serving;
}

export interface Exported {
  bytes: number;
  /** Until the last byte of the form was handed over. */
  writing: Spent;
  /** Until the form has its name: the writing, and its proof. */
  whole: Spent;
  /** Smallest cosine to the tuned model's vectors, or why the form was refused. */
  proof: number | string;
}

export interface Serving {
  loading: Spent;
  /** Resident after loading, in bytes: all of it, the process's own, and pages of files. */
  resident: number;
  own: number;
  mapped: number;
  /** Middle of several runs, in milliseconds, by the number of texts at once. */
  embedding: { texts: number; clock: number; processor: number }[];
}

export type Name = keyof Tasks;
export type Input<N extends Name> = Parameters<Tasks[N]>[0];
export type Result<N extends Name> = ReturnType<Tasks[N]>;
export type Answer = { result: unknown } | { thrown: string };

const CHILD = fileURLToPath(new URL("./child.ts", import.meta.url));

/** Does one task in a fresh process, so that its memory is that of nothing else. @throws Error with what it threw, or how it ended */
export const inChild = <N extends Name>(name: N, input: Input<N>): Promise<Result<N>> =>
  new Promise((resolve, reject) => {
    const child = fork(CHILD, { serialization: "advanced" });
    let answer: Answer = { thrown: "" };
    child.on("message", (message: Answer) => (answer = message));
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      if ("result" in answer) resolve(answer.result as Result<N>);
      else reject(new Error(`${name}: ${answer.thrown || `the process ended with ${signal ?? `code ${code}`}`}`));
    });
    child.send({ name, input });
  });
