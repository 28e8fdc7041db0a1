import type { InferenceSession } from "onnxruntime-node";

/**
 * How every session of this server runs in onnxruntime. Between the operators of one run its threads spin, since waking them costs more
 * than many an operator of one short text takes; for longer they sleep: the same cores answer requests and run the database. (By
 * default they would go on spinning for tenths of a second after each run.)
 *
 * @param threads     0 leaves the choice to the runtime
 * @param dataFolder  where the data files of a graph lie that is given as bytes
 */
export const cpuSession = (threads: number, dataFolder?: string): InferenceSession.SessionOptions => ({
  executionProviders: ["cpu"],
  intraOpNumThreads: threads,
  logSeverityLevel: 3,
  extra: {
    session: {
      intra_op: { allow_spinning: "1", spin_duration_us: "20" },
      inter_op: { allow_spinning: "0" },
      ...(dataFolder === undefined ? {} : { model_external_initializers_file_folder_path: dataFolder }),
    },
  },
});
