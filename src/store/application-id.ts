/** "GHst": in the header of an SQLite file it says that the file is ours; in PostgreSQL it is half of the key of our advisory lock. */
export const APPLICATION_ID = 0x47487374
