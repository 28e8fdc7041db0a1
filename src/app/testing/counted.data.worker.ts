// The data worker, with what it posts counted.
import "../../testing/countPosts.ts";
import "../../worker/data/host/data.worker.ts";
