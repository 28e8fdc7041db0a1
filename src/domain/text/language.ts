/** Scripts that name a language well enough, or only themselves. First match by share of letters wins. */
const SCRIPTS: [label: string, pattern: RegExp][] = [
  ["Japanese", /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ["Korean", /\p{Script=Hangul}/gu],
  ["Chinese", /\p{Script=Han}/gu],
  ["Cyrillic script", /\p{Script=Cyrillic}/gu],
  ["Arabic script", /\p{Script=Arabic}/gu],
  ["Hebrew", /\p{Script=Hebrew}/gu],
  ["Greek", /\p{Script=Greek}/gu],
  ["Indic script", /[\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Tamil}\p{Script=Telugu}]/gu],
  ["Thai", /\p{Script=Thai}/gu],
];

/** Frequent short words that mostly belong to one language. */
const STOP_WORDS: Record<string, string> = {
  English: "the of and to is that for with are this how what you from which not be on it when",
  German: "der die das und ist nicht ein eine mit von wie für auf den dem sich auch wird sind zu",
  French: "le la les des et est une dans pour que qui sur pas avec au ce du sont vous comment",
  Spanish: "el los las una del que es por con para como se al lo más pero sus este cómo está",
  Italian: "il gli della di che è per una con non sono del nel come alla più questo dei anche si",
  Portuguese: "os uma não com para que em por mais como dos ao são se pelo foi você seu das do",
  Dutch: "het een van en is dat niet voor met zijn op aan hoe wordt deze ook bij naar worden je",
  Polish: "nie się na jest do że jak to dla przez od są czy oraz ale po tym jako być może",
  Swedish: "och att det som en är för inte med på av den hur till kan ett om har från ska",
};
/** Languages that are told by words instead of their script. */
export const LATIN_LANGUAGES: ReadonlySet<string> = new Set(Object.keys(STOP_WORDS));

const LANGUAGES_OF = new Map<string, string[]>();
for (const [language, words] of Object.entries(STOP_WORDS))
  for (const word of words.split(" ")) LANGUAGES_OF.set(word, [...(LANGUAGES_OF.get(word) ?? []), language]);

/** What is said where a text gives too little: short, code, names. */
export const UNKNOWN_LANGUAGE = "undetermined";
const LOOK_AT = 400;

/**
 * A rough guess of a text's language by its script and, for Latin letters, by at least two frequent words. Good enough
 * for shares over many texts, not for one text.
 */
export const guessLanguage = (text: string): string => {
  const head = text.slice(0, LOOK_AT);
  const letters = head.match(/\p{L}/gu)?.length ?? 0;
  if (letters === 0) return UNKNOWN_LANGUAGE;
  for (const [label, pattern] of SCRIPTS)
    if ((head.match(pattern)?.length ?? 0) / letters > (label === "Japanese" ? 0.1 : 0.4)) return label;
  const votes = new Map<string, number>();
  for (const word of head.toLowerCase().match(/\p{L}+/gu) ?? [])
    for (const language of LANGUAGES_OF.get(word) ?? []) votes.set(language, (votes.get(language) ?? 0) + 1);
  const [first, second] = [...votes].sort((a, b) => b[1] - a[1]);
  return first && first[1] >= 2 && first[1] > (second?.[1] ?? 0) ? first[0] : UNKNOWN_LANGUAGE;
};
