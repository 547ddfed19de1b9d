/** What programs of the system are run with: their texts are read, and what this one was started with is not theirs. */
export const systemEnvironment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' } as const;
