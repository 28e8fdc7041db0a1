import type { Comparison } from "../types.ts";
import { clusteredError } from "./clustered.ts";

/** Two-sided 5 % and 80 % power: 1.960 + 0.842. */
const MULTIPLE = 1.959963984540054 + 0.8416212335729143;

/**
 * Minimum detectable effect: the smallest true mean difference that a two-sided test at 5 % finds with 80 % power,
 * 2.80 × the cluster-robust standard error of the mean difference (Bloom 1995, "Minimum detectable effects"). The error is
 * taken as at least 1 / n, what one query that changes from miss to hit contributes, because a model that changed nothing
 * yet says little about the spread of a real change.
 */
export const minimumDetectableEffect = (differences: readonly number[], clusters?: readonly number[]): number => {
  const { error } = clusteredError(differences, clusters);
  return Math.min(1, MULTIPLE * Math.max(error, 1 / differences.length));
};

/**
 * The same before any training, for planning: a query's recall is 0 or 1 and a share of the queries changes
 * (`changing`, one in five by default, the order seen in practice), so the spread of a difference is √changing.
 *
 * @param groups independent queries, that is components
 */
export const plannedDetectableEffect = (groups: number, changing = 0.2): number =>
  groups < 1 ? 1 : Math.min(1, MULTIPLE * Math.max(Math.sqrt(changing / groups), 1 / groups));

/** Changed queries that a run without a change worth the name is taken to have: it says little about the spread of a real one. */
const FEW_CHANGING = 0.05;

/**
 * The figure that people are shown after a run: what this test can show, by the spread that was measured; for a run that changed next to
 * nothing, by a small one. Before a run the planned figure is shown, as the worst to expect.
 */
export const detectableChange = ({
  groups,
  queries,
  minimumDetectableEffect: own,
}: Pick<Comparison, "groups" | "queries" | "minimumDetectableEffect">): number =>
  groups || queries ? Math.max(own, plannedDetectableEffect(groups ?? queries ?? 0, FEW_CHANGING)) : own;
