import { sql } from "drizzle-orm";

/** The end of a lease that begins now, by the database's clock. */
export const until = (seconds: number) => sql`now() + make_interval(secs => ${seconds})`;
