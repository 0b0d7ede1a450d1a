/** Limits of `gatehouse.yaml`. Each has a test at its edge. */
export const LIMITS = {
  /** UTF-16 code units of the file. */
  text: 1_048_576,
  /** Mistakes reported in one run; one more says that there are others. */
  diagnostics: 1000,
  /** Items of a list, entries of a map. */
  items: 1000,
  /** UTF-16 code units of one text value. */
  value: 2048,
  /** Letters of the name of an API. */
  name: 63,
  /** Levels of lists and maps inside a rule's parameter. */
  paramDepth: 8,
  /** A bank's own controls, in all files together. */
  ownControls: 500,
} as const
