// The engine's worker, with what it posts counted.
import "../../testing/countPosts.ts";
import "../../worker/engine/host/engine.worker.ts";
