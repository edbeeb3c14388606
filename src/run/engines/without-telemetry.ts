/**
 * Switches off the telemetry of ONNX Runtime, which otherwise keeps an identifier under the home folder, complains on
 * stderr where it cannot, and reports to its makers. Import this before the runtime, in the main thread: an environment
 * changed in another thread does not reach native code.
 */
process.env.ORT_DISABLE_TELEMETRY = "1";
