//! Answers from the cache, else asks an API and keeps what it says; where that fails, an old answer is better than none.
//!
//! `config: {url: https://api.example.com, fresh_s: 60, stale_s: 3600}`; the request's path and query are added to `url`.
const std = @import("std");
const edge = @import("edge.zig");
const print = std.fmt.allocPrint;

/// What the configuration says; lives are in seconds.
const Api = struct { url: []const u8, fresh_s: u32 = 60, stale_s: u32 = 3600 };

/// What an API said; it is kept as its type, a line break, its body.
const Document = struct {
    content_type: []const u8,
    body: []const u8,

    fn answer(self: Document, status: u32, found: []const u8) !void {
        try edge.response.header("x-cache", found);
        try edge.response.send(status, self.content_type, self.body);
    }
};

export fn main() i32 {
    return edge.run(cachedApi);
}

fn cachedApi() !void {
    if (!std.mem.eql(u8, try edge.request.method(), "GET")) {
        try edge.response.header("allow", "GET");
        return edge.response.fail(405, "this can only be read");
    }
    const uri = try edge.request.uri();
    if (try kept("fresh", uri)) |document| return document.answer(200, "hit");
    try ask(try edge.config(Api), uri);
}

fn ask(api: Api, uri: []const u8) !void {
    const url = try print(edge.memory, "{s}{s}", .{ api.url, uri });
    const said = edge.http.get(url) catch |failure| return instead(uri, @errorName(failure));
    if (said.status >= 500) return instead(uri, "the status is one of failure");
    const document = Document{
        .content_type = said.header("content-type") orelse "application/octet-stream",
        .body = said.body,
    };
    if (said.status < 300) try keep(api, uri, document);
    try document.answer(if (said.status < 300) 200 else said.status, "miss");
}

fn keep(api: Api, uri: []const u8, document: Document) !void {
    const bytes = try print(edge.memory, "{s}\n{s}", .{ document.content_type, document.body });
    // Too long a path or too large an answer: it is good without being kept.
    edge.cache.set(try keyOf("fresh", uri), bytes, api.fresh_s) catch {};
    edge.cache.set(try keyOf("stale", uri), bytes, api.stale_s) catch {};
}

/// Answer with what the API said before it failed.
fn instead(uri: []const u8, why: []const u8) !void {
    edge.log(.warn, try print(edge.memory, "{s}: the API fails: {s}", .{ uri, why }));
    if (try kept("stale", uri)) |document| return document.answer(200, "stale");
    try edge.response.fail(502, "the API fails");
}

fn kept(kind: []const u8, uri: []const u8) !?Document {
    const bytes = edge.cache.get(try keyOf(kind, uri)) orelse return null;
    const end = std.mem.indexOfScalar(u8, bytes, '\n') orelse return null;
    return .{ .content_type = bytes[0..end], .body = bytes[end + 1 ..] };
}

fn keyOf(kind: []const u8, uri: []const u8) ![]u8 {
    return print(edge.memory, "{s}:{s}", .{ kind, uri });
}
