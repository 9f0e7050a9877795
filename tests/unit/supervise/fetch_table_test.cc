#include "core/supervise/fetch_table.h"

#include <gtest/gtest.h>

namespace brink::supervise {
namespace {

TEST(FetchTable, KnowsWhoseAFetchIs) {
  FetchTable fetches;
  EXPECT_TRUE(fetches.add(1, 10));
  EXPECT_TRUE(fetches.add(2, 10));
  EXPECT_TRUE(fetches.add(3, 20));
  EXPECT_FALSE(fetches.add(3, 10));
  EXPECT_EQ(fetches.request_of(2), 10u);
  EXPECT_EQ(fetches.request_of(4), 0u);
  fetches.remove(1);
  fetches.remove(1);
  EXPECT_EQ(fetches.request_of(1), 0u);
  fetches.remove_all_of(10);
  EXPECT_EQ(fetches.size(), 1u);
  EXPECT_EQ(fetches.request_of(3), 20u);
}

}  // namespace
}  // namespace brink::supervise
