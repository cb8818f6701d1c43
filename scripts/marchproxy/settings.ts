export interface Settings {
  /** Without a slash at the end. */
  url: string;
  username: string;
  password: string;
  clusterId: number;
}

/** What the environment says, and all that is wrong with it. No message holds the password. */
export function readSettings(env: NodeJS.ProcessEnv): { settings: Settings; problems: string[] } {
  const {
    MARCHPROXY_URL = '',
    MARCHPROXY_USERNAME = '',
    MARCHPROXY_PASSWORD = '',
    MARCHPROXY_CLUSTER_ID = '',
  } = env;
  const problems: string[] = [];
  const need = (fine: boolean, problem: string) => fine || problems.push(problem);
  const url = URL.parse(MARCHPROXY_URL);
  const origin =
    url && ['http:', 'https:'].includes(url.protocol) && !url.username && !url.search && !url.hash;
  need(Boolean(origin), 'MARCHPROXY_URL must be http(s)://host[:port], where its API server is');
  // MarchProxy itself refuses shorter ones, with a message that repeats them.
  need(MARCHPROXY_USERNAME.length >= 3, 'MARCHPROXY_USERNAME must be set (3 characters or more)');
  need(MARCHPROXY_PASSWORD.length >= 8, 'MARCHPROXY_PASSWORD must be set (8 characters or more)');
  need(/^[1-9]\d*$/.test(MARCHPROXY_CLUSTER_ID), 'MARCHPROXY_CLUSTER_ID must be the number of a cluster');
  return {
    settings: {
      url: MARCHPROXY_URL.replace(/\/+$/, ''),
      username: MARCHPROXY_USERNAME,
      password: MARCHPROXY_PASSWORD,
      clusterId: Number(MARCHPROXY_CLUSTER_ID),
    },
    problems,
  };
}
