import manifest from '../../package.json' with { type: 'json' }

/** Version of this Gatehouse, as in its package manifest. */
export const version: string = manifest.version
