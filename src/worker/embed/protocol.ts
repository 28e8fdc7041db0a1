/** A model as the studio's own server describes it: what the page must embed questions with. */
export interface PageModel {
  fingerprint: string;
  /** Repository and revision at the server's hub addresses. */
  repo: string;
  revision: string;
  dimension: number;
  /** Longest question with its prompt, in tokens. */
  maxTokens: number;
}

/** What runs the graph in the page. */
export type PageProvider = "webgpu" | "wasm";

/** One content of a model, and how much of it lies in this browser. Models tuned from one base share its weights. */
export interface PageModelPart {
  sha256: string;
  bytes: number;
  stored: number;
}

export type PageLoadEvent =
  | { phase: "download"; done: number; total: number }
  /** The runtime reads the graph and its weights. */
  | { phase: "open" }
  /** Probe texts are embedded and held against the reference. */
  | { phase: "check" };

export interface PageLoadRequest {
  model: PageModel;
  provider: PageProvider;
  /**
   * The server's own query vectors of the probe texts, row-major [probes, dimension], for a model without stored ones: a base alone.
   * Null where the artifact holds them.
   */
  probes: Float32Array | null;
  /** Sent with each request to the server. */
  headers: Record<string, string>;
}

export interface PageLoaded {
  /** The smallest cosine of the probe texts' vectors to the reference. */
  cosine: number;
  /** Threads of the processor that work; 1 where the page may not share memory. */
  threads: number;
}

/** What the page may ask of the worker that holds one embedding model. Errors arrive as `StudioError`. */
export interface EmbedService {
  /**
   * Sizes, without downloading anything.
   * @throws StudioError `onnx-missing`, `page-too-large`, `server-unreachable`, `unauthorized`, `hub-not-found`
   */
  inspect(model: PageModel, headers: Record<string, string>): Promise<PageModelPart[]>;
  /**
   * Downloads what is missing, opens the graph, and checks its vectors before it may be used. An abort keeps what was
   * downloaded.
   * @throws StudioError the above, `page-vectors-differ`, `page-runtime-failed`, `page-memory`, `hub-hash-mismatch`, `quota-exceeded`,
   * `aborted`
   */
  load(request: PageLoadRequest, onEvent: (event: PageLoadEvent) => void, signal: AbortSignal): Promise<PageLoaded>;
  /** A question's unit vector, with the model's query prompt. @throws StudioError `text-too-long` */
  embed(text: string): Promise<Float32Array>;
  /** Removes what lies in this browser, of every model. */
  forget(): Promise<void>;
}
