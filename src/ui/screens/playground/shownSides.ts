import type { SearchedModel, SearchMode } from "../../../domain/api/index.ts";
import type { SearchSide } from "../../../app/search/store.ts";

type Sides = Readonly<Partial<Record<SearchedModel, SearchSide>>>;

/**
 * The answers that can differ. Words ask no model, so that of a search by words one answer is shown: the first that came.
 *
 * @param mode  as asked; the server may have to search by words where it was asked for both
 */
export const shownSides = (
  sides: Sides,
  mode: SearchMode | null,
): { shown: [SearchedModel, SearchSide][]; words: boolean } => {
  const shown = Object.entries(sides).flatMap(([model, side]): [SearchedModel, SearchSide][] =>
    side ? [[model, side]] : [],
  );
  const words = shown.length > 0 && shown.every(([, { response }]) => (response ? response.mode : mode) === "keyword");
  return {
    shown: words
      ? [shown.find(([, { response }]) => response) ?? shown[0]].flatMap((one) => (one ? [one] : []))
      : shown,
    words,
  };
};
