/** No picture, sound or input. Without `vrr_runloop_enable` a host would run thousands of frames a second instead of 60. */
const headless = {
  video_driver: "null",
  audio_driver: "null",
  input_driver: "null",
  input_joypad_driver: "null",
  menu_driver: "null",
  record_driver: "null",
  camera_driver: "null",
  location_driver: "null",
  midi_driver: "null",
  microphone_driver: "null",
  microphone_enable: "false",
  audio_enable: "false",
  video_vsync: "false",
  vrr_runloop_enable: "true",
  pause_nonactive: "false",
  user_language: "0",
};

/** The host is a spectator, is announced in no lobby, opens no port and dials the gateway (RetroArch's tunnel mode, 1.10 and newer). */
const netplay = {
  netplay_start_as_spectator: "true",
  netplay_public_announce: "false",
  netplay_nat_traversal: "false",
  netplay_allow_pausing: "false",
  netplay_password: "",
  netplay_spectate_password: "",
  netplay_use_mitm_server: "true",
  netplay_mitm_server: "custom",
  network_cmd_enable: "false",
  network_remote_enable: "false",
  stdin_cmd_enable: "false",
};

/** Turns off what would write outside the session directory, use the Internet (the core updater may replace the core) or keep the process alive. */
const quiet = {
  config_save_on_exit: "false",
  quit_press_twice: "false",
  core_updater_buildbot_cores_url: "",
  core_updater_buildbot_assets_url: "",
  history_list_enable: "false",
  content_runtime_log: "false",
  content_runtime_log_aggregate: "false",
  gamemode_enable: "false",
  discord_allow: "false",
  cheevos_enable: "false",
  core_info_cache_enable: "false",
  ui_companion_enable: "false",
  ui_companion_start_on_boot: "false",
  desktop_menu_enable: "false",
  menu_enable_widgets: "false",
  auto_overrides_enable: "false",
  auto_remaps_enable: "false",
  game_specific_options: "false",
  global_core_options: "true",
  savestate_auto_load: "false",
  savestate_auto_save: "false",
  rewind_enable: "false",
  // Between 1.14 and 1.20 the default became a folder for each core.
  sort_savefiles_enable: "false",
  sort_savestates_enable: "false",
  run_ahead_enabled: "false",
};

/** The settings that all hosts share. */
export const HEADLESS_SETTINGS = { ...headless, ...netplay, ...quiet };
