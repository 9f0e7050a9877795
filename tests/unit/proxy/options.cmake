# Real connections, from the helpers of http's tests.
target_sources(proxy_test PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/http/test_peer.cc)
