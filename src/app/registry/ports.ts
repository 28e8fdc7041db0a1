import type {
  ChangeRequest,
  ChangeResponse,
  CommitResponse,
  EventList,
  GateReport,
  ModelDetail,
  ModelList,
  PromoteRequest,
  Published,
  PublishRequest,
  Upload,
  UploadedFile,
  UploadRequest,
} from "../../domain/api/index.ts";

/** The server's registry. Every failure is a `StudioError`; `server-unreachable` when nothing answers. */
export interface RegistryClient {
  /** The same registry; what is asked through it belongs to a trace (W3C trace context). */
  within(traceparent: string): RegistryClient;
  /** Rejects with `unauthorized` when the token of this tab is not the server's. */
  checkToken(): Promise<void>;
  list(): Promise<ModelList>;
  detail(version: string): Promise<ModelDetail>;
  gate(version: string): Promise<GateReport>;
  /** Newest first; `before` is the `next` of the page before. */
  events(before?: number): Promise<EventList>;
  promote(version: string, request: PromoteRequest): Promise<ChangeResponse>;
  rollBack(request: ChangeRequest): Promise<ChangeResponse>;
  archive(version: string, request: ChangeRequest): Promise<ChangeResponse>;
  restore(version: string, request: ChangeRequest): Promise<ChangeResponse>;
  createUpload(request: UploadRequest): Promise<Upload>;
  /** What the server has of an upload. Throws `upload-unknown` when it was forgotten. */
  upload(id: string): Promise<Upload>;
  /** Sends one file with its digest; `onProgress` counts bytes of this file. */
  putFile(
    id: string,
    path: string,
    bytes: Uint8Array,
    onProgress: (sent: number) => void,
    signal: AbortSignal,
  ): Promise<UploadedFile>;
  /** One file of a registered version, from the address that other tools use. */
  file(repo: string, version: string, path: string): Promise<Uint8Array>;
  /** The upload where an import is measured first: `upload` tells how that goes on. */
  commit(id: string): Promise<CommitResponse | Upload>;
  /** Uploads a version to the Hugging Face hub. */
  publish(version: string, request: PublishRequest): Promise<Published>;
  abandon(id: string): Promise<void>;
}

/** Which upload belongs to which run, kept over reloads, so that an interrupted one goes on instead of starting over. */
export interface UploadMemory {
  get(runId: string): string | null;
  set(runId: string, uploadId: string | null): void;
}
