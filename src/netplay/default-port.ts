/** Where a RetroArch hosts and connects that was told no port (retroarch.h, RARCH_DEFAULT_PORT). */
export const DEFAULT_NETPLAY_PORT = 55435;
