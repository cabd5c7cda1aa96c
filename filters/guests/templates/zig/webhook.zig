//! Takes events whose sender signs them, each of them once, and keeps them in the key-value store for a day.
//!
//! A request has `x-timestamp`, seconds since 1970, and `x-signature`, `sha256=` and the HMAC-SHA256 of timestamp, a dot
//! and the body, in hexadecimal digits; its key is the secret `WEBHOOK_SECRET`.
const std = @import("std");
const edge = @import("edge.zig");
const Hmac = std.crypto.auth.hmac.sha2.HmacSha256;

const day_s = 24 * 60 * 60;
/// How far a timestamp may be from now. What is kept of an event to know it again lives longer.
const tolerance_s = 300;
const prefix = "sha256=";

export fn main() i32 {
    return edge.run(webhook);
}

fn webhook() !void {
    if (!std.mem.eql(u8, try edge.request.method(), "POST")) {
        try edge.response.header("allow", "POST");
        return edge.response.fail(405, "events are posted");
    }
    const body = try edge.request.body();
    const timestamp = try edge.request.header("x-timestamp") orelse "";
    const shown = try edge.request.header("x-signature") orelse "";
    const signature = verified(try edge.secret("WEBHOOK_SECRET"), timestamp, shown, body) catch |refusal| switch (refusal) {
        error.Malformed => return edge.response.fail(400, "x-timestamp and x-signature are needed"),
        error.Untimely => return edge.response.fail(401, "the timestamp is too far from now"),
        error.Wrong => return edge.response.fail(401, "the signature is wrong"),
    };
    try take(signature, body);
}

/// Keep an event, if it was not kept before: a copy that somebody sends again has the same signature.
fn take(signature: [Hmac.mac_length]u8, body: []const u8) !void {
    const key = try std.fmt.allocPrint(edge.memory, "event:{s}", .{std.fmt.bytesToHex(signature, .lower)});
    if (!try edge.kv.setIfAbsent(key, body, day_s)) return edge.response.fail(409, "this event is here already");
    edge.log(.info, "took an event");
    try edge.response.end(202);
}

const Refusal = error{ Malformed, Untimely, Wrong };

fn verified(secret: []const u8, timestamp: []const u8, shown: []const u8, body: []const u8) Refusal![Hmac.mac_length]u8 {
    const sent_s = std.fmt.parseInt(u64, timestamp, 10) catch return error.Malformed;
    var signature: [Hmac.mac_length]u8 = undefined;
    if (!std.mem.startsWith(u8, shown, prefix) or shown.len != prefix.len + 2 * signature.len) return error.Malformed;
    _ = std.fmt.hexToBytes(&signature, shown[prefix.len..]) catch return error.Malformed;
    if (!same(signature, signed(secret, timestamp, body))) return error.Wrong;
    const now_s = edge.now();
    if (@max(now_s, sent_s) - @min(now_s, sent_s) > tolerance_s) return error.Untimely;
    return signature;
}

fn signed(secret: []const u8, timestamp: []const u8, body: []const u8) [Hmac.mac_length]u8 {
    var signature: [Hmac.mac_length]u8 = undefined;
    var hmac = Hmac.init(secret);
    hmac.update(timestamp);
    hmac.update(".");
    hmac.update(body);
    hmac.final(&signature);
    return signature;
}

/// Compare without telling by the time where the difference is.
fn same(one: [Hmac.mac_length]u8, other: [Hmac.mac_length]u8) bool {
    var difference: u8 = 0;
    for (one, other) |a, b| {
        difference |= a ^ b;
        std.mem.doNotOptimizeAway(difference);
    }
    return difference == 0;
}
