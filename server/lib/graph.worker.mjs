// One model in onnxruntime, which loads and computes on the very thread that calls it. This is JavaScript because the loader of TypeScript
// would cost each of these threads 0.3 s of processor time and some 40 MB.
import { parentPort, workerData } from "node:worker_threads";
import { InferenceSession, Tensor } from "onnxruntime-node";

const { model, options } = workerData;
let session;

const tasks = {
  async open() {
    session = await InferenceSession.create(model, options);
    return [...session.inputNames];
  },
  async run({ feeds, output }) {
    const tensors = Object.entries(feeds).map(([name, { data, dims }]) => [name, new Tensor("int64", data, dims)]);
    const outputs = await session.run(Object.fromEntries(tensors));
    const found = outputs[output];
    // A copy, since the runtime's own memory cannot leave this thread.
    const result = found?.type === "float32" ? { data: found.data.slice(), dims: [...found.dims] } : null;
    for (const tensor of Object.values(outputs)) tensor.dispose();
    return result;
  },
  close: () => session.release(),
};

const answer = async ({ id, task, ...rest }) => {
  try {
    const value = await tasks[task](rest);
    parentPort.postMessage({ id, value }, value?.data ? [value.data.buffer] : []);
  } catch (thrown) {
    parentPort.postMessage({ id, defect: thrown instanceof Error ? thrown.message : String(thrown) });
  }
};

let last = Promise.resolve();
parentPort.on("message", (request) => {
  last = last.then(() => answer(request));
});
