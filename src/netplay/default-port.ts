/** The port of a RetroArch that hosts or connects without a given port (retroarch.h, RARCH_DEFAULT_PORT). */
export const DEFAULT_NETPLAY_PORT = 55435;
