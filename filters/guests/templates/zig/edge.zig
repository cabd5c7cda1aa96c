//! What a function may ask of Penstock. Calls are plain calls: others are served while one waits.
//!
//! Each request gets an instance of its own, so nothing is freed. A module imports what its code uses and nothing else,
//! and the host links what the function's `allow` names.
const std = @import("std");

pub const memory = std.heap.wasm_allocator;

/// The host's numbers from -2 on; -1, that something is absent, is null where it may be.
pub const Error = error{ NotAllowed, Invalid, TooLarge, OverBudget, Timeout, Unavailable, Failed, OutOfMemory };

const env = struct {
    extern "env" fn get_shared_buffer(to: [*]u8, offset: usize, size: usize) i32;
    extern "env" fn request_get_method() i32;
    extern "env" fn request_get_uri() i32;
    extern "env" fn request_get_body() i32;
    extern "env" fn request_get_header(name: [*]const u8, name_size: usize) i32;
    extern "env" fn response_set_header(name: [*]const u8, name_size: usize, value: [*]const u8, size: usize) i32;
    extern "env" fn response_set_body(body: [*]const u8, size: usize) i32;
    extern "env" fn request_terminate(status: u32) i32;
    extern "env" fn cache_get(key: [*]const u8, key_size: usize) i32;
    extern "env" fn cache_set(key: [*]const u8, key_size: usize, value: [*]const u8, size: usize, ttl_s: u32) i32;
};

const penstock = struct {
    extern "penstock" fn log(level: u32, text: [*]const u8, size: usize) void;
    extern "penstock" fn config_get() i32;
    extern "penstock" fn secret_get(name: [*]const u8, name_size: usize) i32;
    extern "penstock" fn kv_compare_and_set(
        key: [*]const u8,
        key_size: usize,
        expected: [*]const u8,
        expected_size: usize,
        value: [*]const u8,
        size: usize,
        ttl_s: u32,
    ) i32;
    extern "penstock" fn http_send(head: [*]const u8, head_size: usize, body: [*]const u8, body_size: usize) i32;
    extern "penstock" fn http_wait(handle: i32) i32;
    extern "penstock" fn clock_ms() i64;
};

fn checked(returned: i32) Error!usize {
    if (returned >= 0) return @intCast(returned);
    return switch (returned) {
        -2 => error.NotAllowed,
        -3 => error.Invalid,
        -4 => error.TooLarge,
        -5 => error.OverBudget,
        -6 => error.Timeout,
        -7 => error.Unavailable,
        else => error.Failed,
    };
}

/// Take what a call left in the shared buffer, by the length that it returned.
fn taken(returned: i32) Error![]u8 {
    const bytes = try memory.alloc(u8, try checked(returned));
    if (bytes.len > 0) _ = try checked(env.get_shared_buffer(bytes.ptr, 0, bytes.len));
    return bytes;
}

fn takenIfPresent(returned: i32) Error!?[]u8 {
    return if (returned == -1) null else try taken(returned);
}

/// Run a handler as the host wants it: 0 for success. An error is logged, and fails the call.
pub fn run(handler: fn () anyerror!void) i32 {
    handler() catch |failure| {
        log(.err, @errorName(failure));
        return 1;
    };
    return 0;
}

pub const Level = enum(u32) { trace, debug, info, warn, err };

pub fn log(level: Level, text: []const u8) void {
    penstock.log(@intFromEnum(level), text.ptr, text.len);
}

pub const request = struct {
    pub fn method() Error![]u8 {
        return taken(env.request_get_method());
    }

    /// Path and query, as they came.
    pub fn uri() Error![]u8 {
        return taken(env.request_get_uri());
    }

    pub fn body() Error![]u8 {
        return taken(env.request_get_body());
    }

    /// The first field of that name.
    pub fn header(name: []const u8) Error!?[]u8 {
        return takenIfPresent(env.request_get_header(name.ptr, name.len));
    }

    /// The first parameter of that name in the query, decoded.
    pub fn param(name: []const u8) Error!?[]const u8 {
        const all = try uri();
        const begin = std.mem.indexOfScalar(u8, all, '?') orelse return null;
        var pairs = std.mem.splitScalar(u8, all[begin + 1 ..], '&');
        while (pairs.next()) |pair| {
            const end = std.mem.indexOfScalar(u8, pair, '=') orelse pair.len;
            if (!std.mem.eql(u8, try decoded(pair[0..end]), name)) continue;
            return try decoded(pair[@min(end + 1, pair.len)..]);
        }
        return null;
    }
};

/// Undo percent-encoding and plus signs; what is no escape stays as it is.
fn decoded(text: []const u8) Error![]const u8 {
    const to = try memory.alloc(u8, text.len);
    var from: usize = 0;
    var size: usize = 0;
    while (from < text.len) : (size += 1) {
        if (text[from] == '%' and from + 2 < text.len) {
            if (byteOf(text[from + 1 ..][0..2])) |byte| {
                to[size] = byte;
                from += 3;
                continue;
            }
        }
        to[size] = if (text[from] == '+') ' ' else text[from];
        from += 1;
    }
    return to[0..size];
}

fn byteOf(digits: *const [2]u8) ?u8 {
    const high = std.fmt.charToDigit(digits[0], 16) catch return null;
    const low = std.fmt.charToDigit(digits[1], 16) catch return null;
    return high * 16 + low;
}

pub const response = struct {
    pub fn header(name: []const u8, value: []const u8) Error!void {
        _ = try checked(env.response_set_header(name.ptr, name.len, value.ptr, value.len));
    }

    /// Answer; what headers were set go along.
    pub fn send(status: u32, content_type: []const u8, body: []const u8) Error!void {
        try header("content-type", content_type);
        _ = try checked(env.response_set_body(body.ptr, body.len));
        try end(status);
    }

    /// Answer without a body.
    pub fn end(status: u32) Error!void {
        _ = try checked(env.request_terminate(status));
    }

    /// Answer `{"error": message}`; the message has nothing to escape.
    pub fn fail(status: u32, comptime message: []const u8) Error!void {
        try send(status, "application/json", "{\"error\":\"" ++ message ++ "\"}");
    }
};

pub fn secret(name: []const u8) Error![]u8 {
    return try takenIfPresent(penstock.secret_get(name.ptr, name.len)) orelse error.Unavailable;
}

/// Read the configuration into a struct.
pub fn config(comptime T: type) !T {
    return std.json.parseFromSliceLeaky(T, memory, try taken(penstock.config_get()), .{});
}

/// Seconds since 1970.
pub fn now() u64 {
    return @intCast(@divFloor(@max(penstock.clock_ms(), 0), 1000));
}

pub const cache = struct {
    pub fn get(key: []const u8) ?[]u8 {
        return takenIfPresent(env.cache_get(key.ptr, key.len)) catch null;
    }

    pub fn set(key: []const u8, value: []const u8, ttl_s: u32) Error!void {
        _ = try checked(env.cache_set(key.ptr, key.len, value.ptr, value.len, ttl_s));
    }
};

pub const kv = struct {
    /// Write what is not there yet; tells whether it was not.
    pub fn setIfAbsent(key: []const u8, value: []const u8, ttl_s: u32) Error!bool {
        const absent = std.math.maxInt(u32);
        return try checked(
            penstock.kv_compare_and_set(key.ptr, key.len, "", absent, value.ptr, value.len, ttl_s),
        ) == 1;
    }
};

pub const Answer = struct {
    status: u16,
    headers: []const [2][]const u8,
    body: []const u8,

    /// The first field of that name.
    pub fn header(self: Answer, name: []const u8) ?[]const u8 {
        for (self.headers) |pair| {
            if (std.ascii.eqlIgnoreCase(pair[0], name)) return pair[1];
        }
        return null;
    }
};

pub const http = struct {
    pub fn get(url: []const u8) !Answer {
        return (try send(url)).wait();
    }

    /// Begin a request and go on; several run at once until they are waited for.
    pub fn send(url: []const u8) !Pending {
        // What JSON would have to escape, no URL has.
        if (std.mem.indexOfAny(u8, url, "\"\\") != null) return error.Invalid;
        const head = try std.fmt.allocPrint(memory, "{{\"method\":\"GET\",\"url\":\"{s}\",\"headers\":[]}}", .{url});
        const handle = penstock.http_send(head.ptr, head.len, "", 0);
        _ = try checked(handle);
        return .{ .handle = handle };
    }

    pub const Pending = struct {
        handle: i32,

        pub fn wait(self: Pending) !Answer {
            const frame = try taken(penstock.http_wait(self.handle));
            const size = std.mem.readInt(u32, frame[0..4], .little);
            const Head = struct { status: u16, headers: []const [2][]const u8 };
            const head = try std.json.parseFromSliceLeaky(Head, memory, frame[4..][0..size], .{});
            return .{ .status = head.status, .headers = head.headers, .body = frame[4 + size ..] };
        }
    };
};
