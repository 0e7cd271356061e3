// The host functions of thimble.c, as XS declares them.
export function memory() @ "xs_thimble_memory";
export function start() @ "xs_thimble_start";
export function init() @ "xs_thimble_init";
export function context() @ "xs_thimble_context";
export function listen() @ "xs_thimble_listen";
export function connect() @ "xs_thimble_connect";
export function receive() @ "xs_thimble_receive";
export function send() @ "xs_thimble_send";
export function answer() @ "xs_thimble_answer";
export function timeout() @ "xs_thimble_timeout";
export function close() @ "xs_thimble_close";
export function discard() @ "xs_thimble_discard";
export function seals() @ "xs_thimble_seals";
export function poll() @ "xs_thimble_poll";
