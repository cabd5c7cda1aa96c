//! Greets whoever asks.
const std = @import("std");
const edge = @import("edge.zig");

export fn main() i32 {
    return edge.run(hello);
}

fn hello() !void {
    const name = try edge.request.param("name") orelse "world";
    const text = try std.fmt.allocPrint(edge.memory, "Hello, {s}!\n", .{name});
    try edge.response.send(200, "text/plain; charset=utf-8", text);
}
