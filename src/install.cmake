# What is installed, and how another project finds it again:
#     find_package(cytotaxis REQUIRED)
#     target_link_libraries(mine PRIVATE cytotaxis::cytotaxis)

set(CYT_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/cytotaxis)
set(CYT_PLUGIN_DIR ${CMAKE_INSTALL_LIBDIR}/cytotaxis/plugins)

set_target_properties(cytotaxis_kernels PROPERTIES EXPORT_NAME kernels)
install(TARGETS cytotaxis cytotaxis_kernels EXPORT cytotaxisTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/cytotaxis
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/CITATION.cff
        DESTINATION ${CMAKE_INSTALL_DOCDIR})

if(TARGET cytotaxis_program)
    install(TARGETS cytotaxis_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    install(FILES ${CYT_MAN_PAGE} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()
# Readers of our rasters point HDF5_PLUGIN_PATH at this folder.
if(TARGET cytotaxis_h5zstd)
    install(TARGETS cytotaxis_h5zstd LIBRARY DESTINATION ${CYT_PLUGIN_DIR})
endif()

install(EXPORT cytotaxisTargets NAMESPACE cytotaxis:: DESTINATION ${CYT_PACKAGE_DIR})
configure_package_config_file(${CMAKE_CURRENT_SOURCE_DIR}/cytotaxisConfig.cmake.in
    ${PROJECT_BINARY_DIR}/cytotaxisConfig.cmake
    INSTALL_DESTINATION ${CYT_PACKAGE_DIR} PATH_VARS CYT_PLUGIN_DIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cytotaxisConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/cytotaxisConfig.cmake
    ${PROJECT_BINARY_DIR}/cytotaxisConfigVersion.cmake DESTINATION ${CYT_PACKAGE_DIR})
