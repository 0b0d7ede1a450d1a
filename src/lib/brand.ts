declare const brand: unique symbol

/** A string that may not be mistaken for another kind of string. Branded where it is parsed, nowhere else. */
export type Brand<T, B extends string> = T & { readonly [brand]: B }
