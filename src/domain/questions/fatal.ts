import { StudioError } from "../errors.ts";

/** What ends a run, since every other passage would meet it too: a wrong key, no such model, nothing that listens. */
export class FatalWriterError extends StudioError {}
