<%@page import="java.io.*,java.nio.charset.StandardCharsets,java.util.*,java.util.concurrent.*,javax.servlet.*,javax.servlet.http.*"
        session="false" trimDirectiveWhitespaces="true"%><%!
    static final class Event {
        final long id;
        final String name;
        final String data;

        Event(long id, String name, String data) {
            this.id = id;
            this.name = name;
            this.data = data;
        }

        String json() {
            return "{\"id\":" + id + ",\"data\":" + quoted(data) + "}";
        }

        /** A payload is as many data lines as it has, whatever ends them. */
        String sse() {
            StringBuilder out = new StringBuilder(name.isEmpty() ? "" : "event: " + name + "\n");
            out.append("id: ").append(id).append('\n');
            for (String line : data.split("\r\n|\r|\n", -1)) out.append("data: ").append(line).append('\n');
            return out.append('\n').toString();
        }
    }

    /** A topic: the last events, and whoever waits for more of them on its monitor. */
    static final class Topic {
        private static final int WINDOW = 20_000;
        private final ArrayDeque<Event> events = new ArrayDeque<>();
        private long last = 0;

        synchronized long last() {
            return last;
        }

        /** Without data its number is the data. */
        synchronized long publish(String name, String data) {
            events.addLast(new Event(++last, name, data == null ? Long.toString(last) : data));
            if (events.size() > WINDOW) events.removeFirst();
            notifyAll();
            return last;
        }

        /** Events behind {@code id}, as far as they are kept. Waits for one, at most so long. */
        synchronized List<Event> after(long id, long milliseconds) throws InterruptedException {
            long end = System.nanoTime() + milliseconds * 1_000_000;
            for (long left = milliseconds; last <= id && left > 0; left = (end - System.nanoTime()) / 1_000_000)
                wait(left);
            List<Event> found = new ArrayList<>();
            for (Event one : events)
                if (one.id > id) found.add(one);
            return found;
        }
    }

    private static final ConcurrentHashMap<String, Topic> topics = new ConcurrentHashMap<>();
    private static final ExecutorService writers = Executors.newCachedThreadPool(work -> {
        Thread made = new Thread(work, "push");
        made.setDaemon(true);
        return made;
    });
    private static final long HEARTBEAT = 5000;
    private static final long LONGEST_HOLD = 110_000;

    /** A number, or {@code otherwise} where there is none; -1 for what is no number. */
    static long number(String text, long otherwise) {
        if (text == null) return otherwise;
        return text.matches("[0-9]{1,18}") ? Long.parseLong(text) : -1;
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') out.append('\\').append(c);
            else if (c < ' ' || c == '<' || c == '\u2028' || c == '\u2029') out.append(String.format("\\u%04x", (int) c));
            else out.append(c);
        }
        return out.append('"').toString();
    }

    interface Work {
        void run(HttpServletResponse answer) throws Exception;
    }

    /** Goes on after the container's thread has gone. A client that left shows at the next write. */
    static void later(HttpServletRequest request, Work what) {
        AsyncContext context = request.startAsync();
        context.setTimeout(0);
        writers.execute(() -> {
            try {
                what.run((HttpServletResponse) context.getResponse());
            } catch (Exception gone) {
                // the connection ended, or the container stops
            } finally {
                context.complete();
            }
        });
    }

    static void stream(HttpServletRequest request, HttpServletResponse response, Topic topic, boolean sse) throws IOException {
        long newest = topic.last();
        long given = number(request.getHeader("Last-Event-ID"), number(request.getParameter(sse ? "lastEventId" : "cursor"), newest));
        long from = given < 0 || given > newest ? newest : given;
        response.setContentType(sse ? "text/event-stream" : "application/x-ndjson");
        response.setHeader("Cache-Control", "no-store");
        if (request.getMethod().equals("HEAD")) return;
        if (sse) response.getOutputStream().write(utf8("retry: 2000\n\n"));
        response.flushBuffer();
        later(request, answer -> {
            ServletOutputStream out = answer.getOutputStream();
            for (long at = from;;) {
                List<Event> news = topic.after(at, HEARTBEAT);
                if (news.isEmpty() && sse) out.write(utf8(":\n\n"));
                for (Event one : news) {
                    at = one.id;
                    out.write(utf8(sse ? one.sse() : one.json() + "\n"));
                }
                out.flush();
            }
        });
    }

    static void poll(HttpServletRequest request, HttpServletResponse response, Topic topic) throws IOException {
        long newest = topic.last();
        long cursor = number(request.getParameter("cursor"), newest);
        long hold = Math.min(number(request.getParameter("hold"), 30_000), LONGEST_HOLD);
        if (cursor < 0 || cursor > newest || hold < 0) {
            response.sendError(400);
            return;
        }
        response.setContentType("application/json");
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("X-Content-Type-Options", "nosniff");
        later(request, answer -> {
            List<Event> news = topic.after(cursor, hold);
            StringJoiner events = new StringJoiner(",", "[", "]");
            for (Event one : news) events.add(one.json());
            long next = news.isEmpty() ? cursor : news.get(news.size() - 1).id;
            byte[] body = utf8("{\"events\":" + events + ",\"cursor\":\"" + next + "\"}\n");
            answer.setContentLength(body.length);
            answer.getOutputStream().write(body);
        });
    }

    static void publish(HttpServletRequest request, HttpServletResponse response, Topic topic) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        byte[] block = new byte[8192];
        for (int got; (got = request.getInputStream().read(block)) > 0;) body.write(block, 0, got);
        // Not by getParameter: that would take a form for parameters.
        String query = request.getQueryString() == null ? "" : request.getQueryString();
        boolean counted = query.startsWith("count=");
        String name = query.startsWith("event=") ? java.net.URLDecoder.decode(query.substring(6), "UTF-8") : "";
        long count = counted ? number(query.substring(6), 0) : 1;
        if (count < 0 || count > 10_000 || name.matches("(?s).*[\\x00-\\x1f].*")) {
            response.sendError(400);
            return;
        }
        StringJoiner ids = new StringJoiner(",", "{\"ids\":[", "]}\n");
        for (long i = 0; i < count; ++i)
            ids.add(Long.toString(topic.publish(name, counted ? null : body.toString("UTF-8"))));
        response.setContentType("application/json");
        response.getOutputStream().write(utf8(ids.toString()));
    }

    /** Each piece of the body goes back as it comes; a body that is cut is not completed. */
    static void echo(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setContentType("application/octet-stream");
        response.setHeader("Cache-Control", "no-store");
        ServletInputStream in = request.getInputStream(); // says 100 to who waits for it
        response.flushBuffer();
        ServletOutputStream out = response.getOutputStream();
        byte[] block = new byte[8192];
        for (int got; (got = in.read(block)) > 0;) {
            out.write(block, 0, got);
            out.flush();
        }
    }
%><%
    String path = request.getServletPath();
    String key = request.getPathInfo() == null ? "" : request.getPathInfo();
    if (path.equals("/comet")) {
        echo(request, response);
        return;
    }
    Topic topic = topics.computeIfAbsent(key, one -> new Topic());
    boolean post = request.getMethod().equals("POST");
    if (post != path.equals("/publish")) {
        response.setHeader("Allow", post ? "GET, HEAD" : "POST");
        response.sendError(405);
    } else if (post) publish(request, response, topic);
    else if (path.equals("/poll")) poll(request, response, topic);
    else stream(request, response, topic, path.equals("/sse"));
%>
