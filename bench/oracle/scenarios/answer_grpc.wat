;; Answers with a grpc_status, to a request that is none of gRPC and to one that is.
(func $on_request_headers (param $id i32) (param $count i32) (param $end i32) (result i32)
  (call $say1 (str "answer") (call $proxy_send_local_response (i32.const 403)
    (i32.const 0) (i32.const 0) (str "denied") (i32.const 0) (i32.const 0) (i32.const 7)))
  (i32.const 1))
