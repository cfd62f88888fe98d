/** What the operator can do about a problem: a sentence, or a sentence and the setting that it changes. */
export type Remedy = string | { text: string; setting: string; value: string };

/** Something that is wrong, and what to do about it. Neither holds a secret. */
export interface Problem {
  message: string;
  remedy: Remedy;
}
