// usage: server PORT | --version
// The end point of the libwebsockets profile: WebSocket echo by libwebsockets.
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct message {
  struct message* next;
  size_t size;
  size_t room;
  int is_binary;
  unsigned char octets[];  // LWS_PRE octets for the library's own use, then the payload
};

struct session {
  struct message* arriving;
  struct message* first;  // complete, to be sent back
  struct message** last;
};

static struct message* appended(struct message* to, const void* octets, size_t size) {
  const size_t had = to ? to->size : 0;
  if (!to || to->room < had + size) {
    const size_t room = 2 * (had + size) + 256;
    to = realloc(to, sizeof *to + LWS_PRE + room);
    if (!to) abort();
    to->room = room;
    to->size = had;
  }
  if (size > 0) memcpy(to->octets + LWS_PRE + had, octets, size);
  to->size += size;
  return to;
}

static void receive(struct lws* peer, struct session* session, const void* octets, size_t size) {
  session->arriving = appended(session->arriving, octets, size);
  if (lws_remaining_packet_payload(peer) > 0 || !lws_is_final_fragment(peer)) return;
  session->arriving->next = NULL;
  session->arriving->is_binary = lws_frame_is_binary(peer);
  *session->last = session->arriving;
  session->last = &session->arriving->next;
  session->arriving = NULL;
  lws_callback_on_writable(peer);
}

static int send_back(struct lws* peer, struct session* session) {
  struct message* message = session->first;
  if (!message) return 0;
  session->first = message->next;
  if (!session->first) session->last = &session->first;
  const int sent = lws_write(peer, message->octets + LWS_PRE, message->size,
                             message->is_binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT);
  free(message);
  if (session->first) lws_callback_on_writable(peer);
  return sent < 0 ? -1 : 0;
}

static void drop(struct session* session) {
  free(session->arriving);
  while (session->first) {
    struct message* next = session->first->next;
    free(session->first);
    session->first = next;
  }
}

static int echo(
    struct lws* peer, enum lws_callback_reasons reason, void* user, void* octets, size_t size) {
  struct session* session = user;
  char path[8] = "";
  switch (reason) {
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
      lws_hdr_copy(peer, path, sizeof path, WSI_TOKEN_GET_URI);
      return strcmp(path, "/ws") == 0 ? 0 : -1;
    case LWS_CALLBACK_ESTABLISHED:
      memset(session, 0, sizeof *session);
      session->last = &session->first;
      return 0;
    case LWS_CALLBACK_RECEIVE:
      receive(peer, session, octets, size);
      return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
      return send_back(peer, session);
    case LWS_CALLBACK_CLOSED:
      drop(session);
      return 0;
    default:
      return lws_callback_http_dummy(peer, reason, user, octets, size);
  }
}

int main(int count, char** arguments) {
  static const struct lws_protocols protocols[] = {
      {"echo", echo, sizeof(struct session), 65536, 0, NULL, 0},
      {NULL, NULL, 0, 0, 0, NULL, 0},
  };
  if (count != 2) return 2;
  if (strcmp(arguments[1], "--version") == 0) {
    printf("libwebsockets %s\n", lws_get_library_version());
    return 0;
  }
  lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
  struct lws_context_creation_info info = {0};
  info.port = atoi(arguments[1]);
  info.iface = "127.0.0.1";
  info.protocols = protocols;
  info.timeout_secs_ah_idle = 30;  // by default 10 s: short for requests that arrive octet by octet
  info.options = LWS_SERVER_OPTION_VALIDATE_UTF8;  // off by default; the application's choice
  struct lws_context* context = lws_create_context(&info);
  if (!context) return 1;
  while (lws_service(context, 0) >= 0) {
  }
  lws_context_destroy(context);
  return 0;
}
