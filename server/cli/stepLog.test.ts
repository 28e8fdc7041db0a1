import { expect, test } from "vitest";
import { logLine, readStepLog } from "./stepLog.ts";

const report = {
  step: 3,
  totalSteps: 29,
  epoch: 0,
  loss: 2.1,
  gradNorm: 1.5,
  learningRate: 1e-3,
  positiveSimilarity: 0.4,
  negativeSimilarity: 0.1,
  embeddingNorm: 9,
  tokens: 2_900,
  pairsPerSecond: 4,
  tokensPerSecond: 400,
  etaSeconds: 60,
  bytes: 1e8,
};

test("a log gives back the steps it was written from, and refuses other lines", () => {
  const later = { ...report, step: 4 };
  expect(readStepLog(`${JSON.stringify(logLine(report))}\n${JSON.stringify(logLine(later))}\n`)).toEqual([
    report,
    later,
  ]);
  expect(() => readStepLog('{"step":1}\n')).toThrow("loss");
});
