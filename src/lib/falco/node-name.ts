const CONTAINER_ID = /^[0-9a-f]{12}$/;
const CONTAINER_ID_CHARS = 12;
/** Pods of a DaemonSet end in five characters out of those that make no words. */
const FALCO_POD = /^falco(?:-[a-z0-9]+)*-[bcdfghjklmnpqrstvwxz2456789]{5}$/;
const FALCO = 'falco';

/** Is it the name of Falco's own pod, or the short id of its container? Then it names no node. */
export const isOwnName = (name: string): boolean =>
  (name.length === CONTAINER_ID_CHARS && CONTAINER_ID.test(name)) ||
  (name.startsWith(FALCO) && FALCO_POD.test(name));

/**
 * The node by Falco's word. Without FALCO_HOSTNAME that word is the name of Falco's own pod or
 * container, which no other sensor uses; the field `evt.hostname` is then believed instead, if it
 * says it better. If not, the odd name stays: it still tells this node from others.
 */
export const betterNode = (hostname: string, said: string): string =>
  said === '' || (hostname !== '' && isOwnName(said)) ? hostname : said;
